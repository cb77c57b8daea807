"""Federated training: clients train on their events, a server averages the changes of the weights."""
