"""The broker that carries notifications: an in-memory one, RabbitMQ or Redis."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from dramatiq.brokers.stub import StubBroker

from beca_core.errors import InvalidSettings, MissingExtra

if TYPE_CHECKING:
    from dramatiq import Broker

    from beca_core.system.settings import Settings

_REDIS_SECONDS: Final = 10.0
"""Longest wait for a reply of Redis, which sends no heartbeats."""


def open_broker(settings: Settings) -> Broker:
    """Make the broker that `BROKER_URL` names; it connects with the first message.

    It has no middleware: the result table holds what dramatiq's keeps in messages (retries, age, time limits).

    Raises:
        MissingExtra: If the driver for the broker is not installed.
        InvalidSettings: If the URL cannot be parsed, or its scheme is not that of a supported broker.
    """
    url = settings.broker_url.get_secret_value()
    if not url:
        return StubBroker(middleware=[])
    try:
        return _remote(url, settings.broker_namespace)
    except ValueError as error:
        raise _unusable() from error


def reach(broker: Broker) -> None:
    """Connect to a broker if it is another process.

    Raises:
        Exception: Whatever its driver raises if it does not answer.
    """
    if (client := getattr(broker, "client", None)) is not None:  # Redis
        client.ping()
    else:
        getattr(broker, "connection", None)  # RabbitMQ: to read it is to connect


def _remote(url: str, namespace: str) -> Broker:
    match urlsplit(url).scheme:
        case "amqp" | "amqps":
            return _rabbitmq(url)
        case "redis" | "rediss":
            return _redis(url, namespace)
    raise _unusable()


def _rabbitmq(url: str) -> Broker:
    if find_spec("pika") is None:
        raise MissingExtra("RabbitMQ", "rabbitmq")
    from dramatiq.brokers.rabbitmq import RabbitmqBroker

    logging.getLogger("pika").setLevel(logging.CRITICAL)  # dramatiq logs in one line what pika logs in many
    return RabbitmqBroker(url=url, confirm_delivery=True, middleware=[])


def _redis(url: str, namespace: str) -> Broker:
    if find_spec("redis") is None:
        raise MissingExtra("Redis", "redis")
    from dramatiq.brokers.redis import RedisBroker
    from redis import Redis

    client = Redis.from_url(
        url, socket_connect_timeout=_REDIS_SECONDS, socket_timeout=_REDIS_SECONDS, socket_keepalive=True
    )
    broker: Broker = RedisBroker(client=client, namespace=namespace, middleware=[])  # type: ignore[no-untyped-call]
    broker.close = client.close  # type: ignore[method-assign] # dramatiq's own `close` leaves the connections open
    return broker


def _unusable() -> InvalidSettings:
    return InvalidSettings(
        "BROKER_URL cannot be used.", hint="Use amqp://USER:PASSWORD@HOST:5672 or redis://HOST:6379/0."
    )
