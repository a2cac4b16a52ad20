"""What work centers can do, and what makes lots wait at them."""
