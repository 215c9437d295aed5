"""What the deployment says of itself: whether it is alive, and which version runs where."""
