"""The record: the only part of the program that writes to MLflow."""
