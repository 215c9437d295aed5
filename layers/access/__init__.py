"""Access: the API keys of client applications, their plans and what they use."""
