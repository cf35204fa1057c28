"""Who proposes changes: the built-in search, a script, a language model. One Protocol, a dict of makers."""
