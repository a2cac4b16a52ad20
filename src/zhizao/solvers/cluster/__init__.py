"""Clusters of GPUs: which job runs where and when."""
