"""Expected consumption of energy: day-ahead forecasts, baselines, and savings against them."""
