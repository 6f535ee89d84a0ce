"""Effect sizes: one function a measure, from what studies print to estimates and sampling variances."""
