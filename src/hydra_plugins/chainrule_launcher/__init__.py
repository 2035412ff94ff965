"""Hydra finds the launcher `chainrule` here."""
