"""The local stack: the AWS emulator behind its adapter, build, deploy, seed and console output."""
