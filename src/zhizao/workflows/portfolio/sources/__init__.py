"""What a portfolio is made from: its file, tables of measures, results of `improve`, plants to improve."""
