"""The leak gate: inputs that know the outcome are refused, doubtful ones asked about."""
