"""Evaluation: full ranking, metrics at K, confidence intervals, significance and calibration."""
