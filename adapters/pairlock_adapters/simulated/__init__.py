"""Two simulated venues in process: real matching, real rules, their own truth, faults by script or by seed."""
