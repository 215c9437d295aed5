"""What requests and orders use of AWS, counted from intercepted calls, and what that costs at list price."""
