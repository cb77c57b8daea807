"""Training: loop, losses, batches, devices and cost estimates. No disk access and no UI."""
