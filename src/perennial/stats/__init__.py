"""Meta-analysis in numpy and scipy; imports nothing else of the project.

What is public can be had from here, `from perennial.stats import random_effects`, and is loaded when it is asked for.

Effect sizes: ``effects`` (a module for each kind of data), ``proportions``, ``back_transformation``
Pooling: ``random_effects``, ``tau2``, ``heterogeneity``, ``qprofile``, ``prediction``, ``batches`` (many analyses at
once), ``mantel_haenszel``, ``peto``, ``glmm``, ``glmm_two_arm``, ``pooling`` (a named model on counts, as the workflow
asks for it)
Heterogeneity: ``subgroups``, ``meta_regression``, ``permutation``, ``sensitivity`` (without each study, cumulative),
``influence``, ``baujat``, ``stratified_tests``
Bias: ``egger``, ``begg``, ``peters``, ``harbord``, ``funnel``, ``trim_and_fill``, ``selection``, ``pet_peese``
Robustness and few studies: ``multiverse``, ``bayes``
Living reviews: ``cumulative_evidence``, ``sequential``
Other: ``medians``, ``within_trial``, ``agreement`` (two raters)
"""

import sys
from importlib import import_module
from types import ModuleType

_PUBLIC = {
    "agreement": ("agreement",),
    "back_transformation": ("back_transform_proportion", "mean_proportion", "to_natural"),
    "batches": ("common_effect_many", "random_effects_many"),
    "baujat": ("baujat",),
    "bayes": ("bayes_random_effects", "prior_sensitivity"),
    "begg": ("begg",),
    "cumulative_evidence": ("cumulative_evidence",),
    "effects.continuous": ("hedges_j", "mean_difference", "ratio_of_means", "standardized_mean_difference"),
    "effects.corrections": ("Correction",),
    "effects.correlation": ("fisher_z",),
    "effects.generic": ("from_interval", "from_standard_error"),
    "effects.one_arm": (
        "arcsine_proportion",
        "freeman_tukey_proportion",
        "log_proportion",
        "logit_proportion",
        "raw_proportion",
    ),
    "effects.rates": (
        "freeman_tukey_rate",
        "log_rate",
        "rate",
        "rate_difference",
        "rate_ratio",
        "root_rate",
    ),
    "effects.two_by_two": (
        "arcsine_difference",
        "odds_ratio",
        "peto_odds_ratio",
        "risk_difference",
        "risk_ratio",
    ),
    "egger": ("egger", "egger_mixed", "thompson_sharp"),
    "errors": ("NotEstimable",),
    "funnel": ("contour_funnel", "size_funnel"),
    "glmm": ("fit_binomial_normal",),
    "glmm_two_arm": ("fit_two_arm",),
    "harbord": ("harbord",),
    "influence": ("influence",),
    "mantel_haenszel": ("mantel_haenszel", "mantel_haenszel_many", "mantel_haenszel_rates"),
    "medians": ("pool_medians",),
    "meta_regression": ("meta_regression",),
    "multiverse": ("specification_curve",),
    "permutation": ("permutation_test",),
    "pet_peese": ("pet_peese",),
    "peters": ("peters",),
    "peto": ("peto",),
    "pooling": ("pool_proportions",),
    "prediction": ("prediction_interval",),
    "proportions": ("clopper_pearson",),
    "qprofile": ("q_profile",),
    "random_effects": ("common_effect", "random_effects"),
    "selection": ("selection_model", "three_parameter_model"),
    "sensitivity": ("cumulative", "leave_one_out", "leave_one_out_effects"),
    "sequential": (
        "diversity",
        "required_information",
        "required_information_risks",
        "sequential_monitoring",
    ),
    "sequential_boundaries": ("alpha_spent", "spending_boundaries"),
    "stratified_tests": ("cmh_test",),
    "subgroups": ("subgroup_analysis", "subgroup_difference"),
    "tau2": ("estimate_tau2", "estimate_tau2_many"),
    "trim_and_fill": ("trim_and_fill",),
    "within_trial": ("within_trial",),
}
_HOME = {name: module for module, names in _PUBLIC.items() for name in names}

__all__ = sorted(_HOME)


class _Package(ModuleType):
    """Loads what is asked for, and that only: each program pays for what it uses.

    Several functions have the name of their module. From the package the function is meant, whether or not the module
    was loaded before; modules are had by their own import.
    """

    def __getattribute__(self, name: str) -> object:
        if name in _HOME:
            return getattr(import_module(f"perennial.stats.{_HOME[name]}"), name)
        return super().__getattribute__(name)

    def __dir__(self) -> list[str]:
        return __all__


sys.modules[__name__].__class__ = _Package
