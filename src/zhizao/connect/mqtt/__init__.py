"""Plain MQTT with JSON payloads: topics become tags, pointers into the JSON become values and times."""

from zhizao.connect.mqtt.rules import Rule, TimeForm, read
from zhizao.connect.mqtt.subscriber import Subscriber, SubscriberSettings

__all__ = ["Rule", "Subscriber", "SubscriberSettings", "TimeForm", "read"]
