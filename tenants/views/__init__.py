"""The public pages, closed doors, and what a load balancer asks."""
