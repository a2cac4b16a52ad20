"""The page and its API: files of one folder, studies as jobs, results as the reports show them."""
