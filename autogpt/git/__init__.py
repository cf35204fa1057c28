"""The only code that touches a repository; writes nothing of the user's but one branch (`publish`) and files (`apply`)."""
