"""A Slurm of one node, this machine: a controller and a node without accounting or authentication, for the time of a test.

The configuration has to lie where Slurm looks for it, or its own programs do not find it. One that somebody else wrote
there is left alone, and then there is no Slurm to test with.
"""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

CONFIGURATION = Path("/etc/slurm/slurm.conf")
MARK = "# Written by a test of Perennial, and removed when it ends.\n"
DAEMONS = ("slurmctld", "slurmd")
TEMPLATE = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser=root
SlurmdUser=root
AuthType=auth/none
CredType=cred/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
MinJobAge=600
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=4000
PartitionName=main Nodes=ALL Default=YES State=UP
"""


def why_not() -> str | None:
    """Why there can be no Slurm here, or None."""
    if missing := [name for name in (*DAEMONS, "sbatch", "srun", "squeue") if not shutil.which(name)]:
        return f"Slurm is not installed: no {', '.join(missing)}"
    if not importlib.util.find_spec("snakemake_executor_plugin_slurm"):
        return "the plugin of Snakemake for Slurm is not installed"
    if os.geteuid() != 0:
        return "Slurm can be started by root alone"
    if CONFIGURATION.exists() and not CONFIGURATION.read_text().startswith(MARK):
        return f"{CONFIGURATION} is somebody else's, and is left alone"
    if subprocess.run(["scontrol", "ping"], capture_output=True).returncode == 0:
        return "a Slurm runs on this machine already"
    return None


@contextmanager
def one_node(folder: Path) -> Iterator[None]:
    """Slurm, with its state and logs in `folder`; when it ends its daemons do and its configuration goes."""
    for part in ("state", "spool"):
        (folder / part).mkdir(parents=True)
    host = socket.gethostname().partition(".")[0]
    CONFIGURATION.parent.mkdir(exist_ok=True)
    controller, node = free_ports(2)
    told = TEMPLATE.format(host=host, controller=controller, node=node, folder=folder)
    with ExitStack() as ends:
        ends.callback(CONFIGURATION.unlink, missing_ok=True)
        CONFIGURATION.write_text(MARK + told)
        for name in DAEMONS:
            ends.callback(stop, subprocess.Popen([name, "-D"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        wait_until_idle(folder)
        yield


def free_ports(number: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def stop(daemon: subprocess.Popen) -> None:
    daemon.send_signal(signal.SIGTERM)
    try:
        daemon.wait(timeout=20)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


def wait_until_idle(folder: Path) -> None:
    for _ in range(300):
        states = subprocess.run(["sinfo", "--noheader", "--format=%T"], capture_output=True, text=True)
        if states.stdout.strip() == "idle":
            return
        time.sleep(0.2)
    logs = "\n".join(path.read_text() for path in folder.glob("*.log"))
    raise RuntimeError(f"Slurm does not come up:\n{states.stdout}{states.stderr}{logs[-3000:]}")


def jobs() -> list[str]:
    """The state of each job that Slurm remembers, such as COMPLETED."""
    return subprocess.run(
        ["squeue", "--noheader", "--states=all", "--format=%T"], capture_output=True, text=True, check=True
    ).stdout.split()
