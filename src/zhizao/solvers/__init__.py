"""Optimisation engines that know no plant, only plain arrays and problems of their own."""
