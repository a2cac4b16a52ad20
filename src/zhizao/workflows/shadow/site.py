"""Site files: which plant, which sources, where samples are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)

from zhizao.connect.modbus import Form, Register, Table, WordOrder
from zhizao.connect.mqtt import Rule
from zhizao.connect.opcua import Anonymous, Login, Plain, Security
from zhizao.connect.opcua import Endpoint as OpcuaEndpoint
from zhizao.connect.tags import TagRules, UnitTags
from zhizao.plant import Plant, read_plant
from zhizao.plant.files.forms import read_form
from zhizao.quantities import InputError, PlantError
from zhizao.quantities.errors import QuantityError, nearest_name
from zhizao.quantities.fields import Time, fault
from zhizao.records.endpoint import Certificates, Credentials, Encryption, Endpoint, Secret

DUCKDB = "duckdb:///"
_KINDS = ("opcua", "sparkplug", "mqtt", "modbus")
_PORTS = {"mqtt": 1883, "mqtts": 8883, "modbus": 502}
_FORBID = ConfigDict(extra="forbid", frozen=True)


class SiteError(PlantError):
    """A site file has faults; all that were found are in `faults` and in the message."""

    _of = "site"


class User(BaseModel):
    """A user, and where the password is: in a variable of the environment or in a file."""

    model_config = _FORBID

    name: str
    password_env: str | None = None
    password_file: Path | None = None

    @model_validator(mode="after")
    def _one(self) -> User:
        if (self.password_file is None) == (self.password_env is None):
            raise fault("found no place of the password, or two", "write password_env or password_file")
        return self


class _Tls(BaseModel):
    """Files in PEM form."""

    model_config = _FORBID

    authority: Path | None = None
    own: Path | None = None
    key: Path | None = None


class OpcuaSource(BaseModel):
    """A server of OPC UA."""

    model_config = _FORBID

    opcua: str
    nodes: Literal["browse"] | dict[str, str] = "browse"
    """Node of each tag; `browse`: the variables whose paths end with the tags of the plant."""
    plain: bool = False
    certificates: Path = Path("opcua")
    host: str | None = None
    """Name in the certificate of the server, where it is another than the one that is dialled."""
    user: User | None = None
    anonymous: bool = False
    publish: Time = 0.1
    queue: Annotated[int, Field(ge=1)] = 10_000


class _Broker(BaseModel):
    model_config = _FORBID

    plain: bool = False
    user: User | None = None
    tls: _Tls = _Tls()


class SparkplugSource(_Broker):
    """A broker with edge nodes of Sparkplug B."""

    sparkplug: str
    host: str = "zhizao"
    groups: tuple[str, ...] = ()


class MqttSource(_Broker):
    """A broker with topics of any kind."""

    mqtt: str
    name: str = "zhizao"
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]


def _register(said: Any) -> Any:
    """Read the names of choices: `table: holding`, `form: uint16`, `word_order: low-first`."""
    if not isinstance(said, dict):
        return said
    found = dict(said)
    for field, choices in (("table", Table), ("form", Form), ("word_order", WordOrder)):
        if field in found:
            names = {choice.name.lower().replace("_", "-"): choice for choice in choices}
            name = str(found[field])
            if name not in names:
                near = nearest_name(name, names)
                raise fault(f"{field}: found {name!r}", f"write {', '.join(names)}", near)
            found[field] = names[name]
    return found


class ModbusSource(BaseModel):
    """A device of Modbus TCP, which knows no encryption."""

    model_config = _FORBID

    modbus: str
    plain: bool = False
    registers: Annotated[tuple[Annotated[Register, BeforeValidator(_register)], ...], Field(min_length=1)]
    unit: int = 1


class Retention(BaseModel):
    """What becomes of old samples."""

    model_config = _FORBID

    live: Time = 30 * 86_400.0
    """Time after which samples go to the archive."""
    archive: Path = Path("data/archive")
    keep: Time | None = None
    """Time after which archived days are deleted; none: never."""


def _kind(source: Any) -> str | None:
    names = source if isinstance(source, dict) else type(source).model_fields
    return next((f"<{kind}>" for kind in _KINDS if kind in names), None)  # no name of a field, for messages


Source = Annotated[
    Annotated[OpcuaSource, Tag("<opcua>")]
    | Annotated[SparkplugSource, Tag("<sparkplug>")]
    | Annotated[MqttSource, Tag("<mqtt>")]
    | Annotated[ModbusSource, Tag("<modbus>")],
    Discriminator(
        _kind,
        custom_error_type="zhizao",
        custom_error_message="a source",
        custom_error_context={
            "found": "found no address",
            "right": f"write one of {', '.join(f'{kind}: ADDRESS' for kind in _KINDS)}",
            "nearest": "",
        },
    ),
]


class Site(BaseModel):
    """A site: a plant, and where its values come from and are kept."""

    model_config = _FORBID

    version: Literal[1] = Field(
        validation_alias=AliasChoices("zhizao-site"), serialization_alias="zhizao-site"
    )
    plant: Path
    zone: str = "UTC"
    store: str = "duckdb:///data/site.duckdb"
    spool: Path = Path("data")
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    tags: dict[str, UnitTags] = {}
    replay: Time = 14 * 86_400.0
    """Time up to the last sample that is read again at a start; older lots are not seen."""
    retention: Retention = Retention()
    folder: Path = Field(default=Path(), exclude=True)

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            return zone_named(name).key
        except QuantityError as error:
            raise fault(error.found, error.right, error.nearest) from None

    @property
    def time_zone(self) -> ZoneInfo:
        """Time zone of the plant."""
        return ZoneInfo(self.zone)

    def at(self, path: Path) -> Path:
        """Give a path of the file: relative to its folder."""
        return self.folder / path

    @property
    def store_url(self) -> str:
        """URL of the store; a path is relative to the folder of the file."""
        if not self.store.startswith(DUCKDB):
            return self.store
        return f"{DUCKDB}{self.at(Path(self.store[len(DUCKDB) :]))}"

    def store_exists(self) -> bool:
        """Whether the store has been made; one on another computer is taken to be there."""
        url = self.store_url
        return not url.startswith(DUCKDB) or Path(url[len(DUCKDB) :]).exists()

    def rules(self) -> TagRules:
        """Read the plant, and give what its tags mean."""
        return TagRules(self.read_plant(), self.tags)

    def read_plant(self) -> Plant:
        """Read the plant."""
        return read_plant(self.at(self.plant))


def zone_named(name: str) -> ZoneInfo:
    """Give a time zone.

    Raises
    ------
    QuantityError
        There is none of this name.
    """
    known = available_timezones()
    if name not in known:
        near = nearest_name(name, known)
        raise QuantityError(f"found the time zone {name!r}", "write a name such as Asia/Shanghai", near)
    return ZoneInfo(name)


def read_site(path: str | Path) -> Site:
    """Read a site file.

    Raises
    ------
    SiteError
        The file has faults; all that were found are listed with file and line.
    InputError
        It cannot be read.
    """
    file = Path(path)
    site, tree = read_form(file, Site, SiteError, "a site file")
    if isinstance(tree.data, dict) and "folder" in tree.data:
        raise InputError(f"{file}: found the unknown field 'folder'; paths are relative to this file")
    return site.model_copy(update={"folder": file.resolve().parent})


# ---------------------------------------------------------------- addresses
def opcua_endpoint(site: Site, source: OpcuaSource) -> OpcuaEndpoint:
    """Give the server and how to connect to it.

    Raises
    ------
    InputError
        Nobody is named, and nobody is asked for either.
    """
    if source.user is None and not source.anonymous:
        raise InputError(f"{source.opcua}: found no user; write user: {{name: …}}, or anonymous: true")
    user = source.user
    login = Anonymous() if user is None else Login(user.name, user.password_env, _place(site, user))
    security = Plain() if source.plain else Security(site.at(source.certificates), source.host)
    return OpcuaEndpoint(source.opcua, security, login)


def broker(site: Site, address: str, source: SparkplugSource | MqttSource) -> Endpoint:
    """Give the broker and how to connect to it."""
    user = source.user
    credentials = None
    if user is not None:
        place = _place(site, user)
        credentials = Credentials(user.name, Secret(user.password_env, place))
    files = (source.tls.authority, source.tls.own, source.tls.key)
    certificates = Certificates(*(None if file is None else site.at(file) for file in files))
    return _endpoint(address, ("mqtt", "mqtts"), source.plain, credentials, certificates)


def device(source: ModbusSource) -> Endpoint:
    """Give the device and how to connect to it."""
    return _endpoint(source.modbus, ("modbus",), source.plain)


def _endpoint(
    address: str,
    schemes: tuple[str, ...],
    plain: bool,
    credentials: Credentials | None = None,
    certificates: Certificates | None = None,
) -> Endpoint:
    parts = urlsplit(address)
    right = f"{schemes[0]}://HOST:PORT"
    if parts.username or parts.password:
        where = f"{parts.scheme}://{parts.hostname}"
        raise InputError(f"{where}: found a user in the address; write user: {{name: …}}")
    if parts.scheme not in schemes or not parts.hostname or parts.path not in ("", "/"):
        raise InputError(f"found the address {address!r}; right is {right}")
    encryption = Encryption.PLAIN if plain else Encryption.TLS if parts.scheme == "mqtts" else None
    port = parts.port or _PORTS[parts.scheme]
    return Endpoint(parts.hostname, port, encryption, credentials, certificates or Certificates())


def _place(site: Site, user: User) -> Path | None:
    return None if user.password_file is None else site.at(user.password_file)
