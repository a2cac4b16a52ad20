"""Quality of batches, predicted from their trajectories before the laboratory knows it."""
