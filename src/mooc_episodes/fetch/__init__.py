"""Getting public datasets: downloads and raw formats."""
