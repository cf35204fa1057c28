"""The only code that touches a repository; of the user's it writes one branch (`publish`) and files (`apply`)."""
