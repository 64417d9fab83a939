"""Learners of our own in the scikit-learn manner: parameters in, `fit` learns `attributes_`, `predict` answers."""
