"""Measures a model over workspaces with tasks: each is a run of the product, judged by tests it did not see."""
