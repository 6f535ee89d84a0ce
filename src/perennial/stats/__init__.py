"""Meta-analysis of proportions, and agreement, in numpy and scipy; imports nothing else of the project.

``proportions``      transformations, their inverses, exact intervals
``random_effects``   inverse-variance pooling, tau2, heterogeneity, intervals
``glmm``             the binomial-normal model, by adaptive Gauss-Hermite quadrature
``pooling``          a named model applied to the counts of a group, on the scale of proportions
``subgroups``        difference between independent groups
``sensitivity``      leave-one-out
``egger``            regression test for funnel plot asymmetry
``agreement``        two raters: percentage agreement, kappa, PABAK, AC1, with intervals
"""
