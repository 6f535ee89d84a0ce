"""wip"""
import json, sys, warnings
from pathlib import Path
sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
from against_metafor import oracle_layout
from against_metafor.values import Account
def main(folder):
    warnings.simplefilter("error", RuntimeWarning)
    account = Account()
    for path in sorted((folder / "tables").glob("*.json")):
        t=json.loads(path.read_bytes())
        oracle_layout.compare_table(account, path.stem, t)
    for name, s in json.loads((folder/"seed.json").read_bytes())["sets"].items():
        oracle_layout.compare_table(account, name, {"type":"prop","data":s["data"],"glmm":s["glmm"],"results":{m:s[m] for m in s if m not in ("data","glmm")}})
    for i in (1,2):
        f=Path(f"/tmp/md{i}.json")
        if len(sys.argv)>2:
            for n,t in json.loads(f.read_bytes()).items(): oracle_layout.compare_table(account,n,{k:(v[0] if k=="type" and isinstance(v,list) else v) for k,v in t.items()})
    for k,c in account.counts.items(): print(k, c)
    from collections import Counter
    ref=Counter((d.function, d.case.where.split()[0], d.refusal) for d in account.disagreements if d.refusal)
    for k,v in ref.items(): print("REFUSED",v,k)
    for d in account.disagreements:
        if not d.refusal:
            sf = d.case.shortfall() if d.case.shortfall else 0
            print("DIFF", d.function,"|",d.kind,"|",d.case.where,"|",d.name,"|",d.ours,d.theirs,f"{d.difference:.2g}", f"short {sf:.2g}")
    account_out=account
    return account
if __name__=="__main__":
    a=main(Path(sys.argv[1]))
    import pickle
