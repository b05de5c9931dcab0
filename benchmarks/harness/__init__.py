"""What the fault suite and the measurements stand on alike: servers, processes, the product's release, webhooks as vendors send them."""
