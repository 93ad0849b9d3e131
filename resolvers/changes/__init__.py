"""What changes Jira: checked before it is sent, explained where it is refused."""
