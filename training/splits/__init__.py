"""Which rows are fitted on, stopped on, calibrated on, judged on and tested on."""
