"""rsyslog from `imkafka` to `ommongodb`, as Debian packages it.

Its binary is given by path (RSYSLOGD); the modules are found beside the system's.
ommongodb sends one insert command for each entry and waits for its acknowledgement:
sixteen threads let MongoDB commit several of them at once.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.parts import MongoDB

CONFIG = """
global(workDirectory="{folder}")
module(load="imkafka") module(load="mmjsonparse") module(load="ommongodb")
template(name="fields" type="subtree" subtree="$!")
input(type="imkafka" topic="{topic}" broker=[{brokers}] consumergroup="{name}"
      confParam=["auto.offset.reset=earliest"] ruleset="store")
ruleset(name="store" queue.type="LinkedList" queue.size="100000"
        queue.dequeueBatchSize="128" queue.workerThreads="16"
        queue.workerThreadMinimumMessages="128") {{
  action(type="mmjsonparse" cookie="")
  action(type="ommongodb" uristr="{url}" db="{name}" collection="entries"
         template="fields")
}}
"""


@contextmanager
def running_rsyslog(
    binary: Path, folder: Path, name: str, topic: str, brokers: str, sink: MongoDB
) -> Iterator[psutil.Process]:
    quoted = ",".join(f'"{broker}"' for broker in brokers.split(","))
    file = folder / f"{name}.conf"
    url = sink.url("")
    file.write_text(
        CONFIG.format(folder=folder, topic=topic, brokers=quoted, name=name, url=url)
    )
    words = [str(binary), "-n", "-f", str(file), "-i", str(folder / f"{name}.pid")]
    with (folder / f"{name}.log").open("wb") as log:
        started = subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield psutil.Process(started.pid)
    finally:
        started.kill()
        started.wait()
