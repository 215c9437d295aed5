"""What turns the templates into a running Agora: the API document, layers, house rules, the local stack."""
