"""The main job: the real engine and journal against two simulated venues, from one command."""
