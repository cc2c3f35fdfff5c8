"""What keeps a stack from starting; each message says what to do about it.

StackError
├── AlreadyRuns         another `up` holds the data folder
├── NoFolder            the data folder cannot be made or written to
├── OtherBrokers        the data was made by another number of brokers
├── NoFreePort          every port from the wanted one up is taken
├── FetchError          jars or browser libraries are not to be had, or wrong
├── StorageError        Kafka refused to format its folder
├── SuperviseError      supervisord cannot be started or does not answer
└── StartError          a part did not become ready
"""

from __future__ import annotations


class StackError(Exception):
    pass


class AlreadyRuns(StackError):
    pass


class NoFolder(StackError):
    pass


class OtherBrokers(StackError):
    pass


class NoFreePort(StackError):
    pass


class FetchError(StackError):
    pass


class StorageError(StackError):
    pass


class SuperviseError(StackError):
    pass


class StartError(StackError):
    pass
