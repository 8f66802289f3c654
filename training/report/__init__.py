"""What a training run shows a person: charts, the report and the model card."""
