"""What execution says about a change: environments, test runs, reports, verdicts."""
