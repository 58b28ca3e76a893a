"""A worker of Sluice in plain Python: grpcio and code that protoc makes of Sluice's own .proto files, nothing else.

It answers each task with the number of words and the longest word of its text. What it does not do is what the SDK for
TypeScript adds: results are not said again after a session that broke, and what it tells is not bounded.
"""

import os
import queue
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import grpc
from google.protobuf import json_format, struct_pb2

from sluice.agents.v1 import agents_pb2, workers_pb2, workers_pb2_grpc

PLACES = 4
NAME = f"{socket.gethostname()}-{os.getpid()}-{os.urandom(4).hex()}"


class InputError(Exception):
    """The task itself is wrong: nobody can do it."""


def handle(task, tell):
    """Does one task. `tell` takes an event; what is returned is the result, as JSON."""
    text = task.get("text") if isinstance(task, dict) else None
    if not isinstance(text, str):
        raise InputError("the input needs the field text, a string")
    tell(agents_pb2.TaskEvent(progress=agents_pb2.TaskProgress(part=0.5, message="counting")))
    words = text.split()
    return {"words": len(words), "longest": max(words, key=len, default="")}


class Session:
    """One session: what is to be sent, who is at work, and what was taken away."""

    def __init__(self, pool, leaving):
        self.outgoing = queue.SimpleQueue()
        self.pool = pool
        self.leaving = leaving
        self.running = set()
        self.lock = threading.Lock()
        self.is_over = threading.Event()

    def requests(self):
        while (request := self.outgoing.get()) is not None:
            yield request

    def send(self, **message):
        self.outgoing.put(workers_pb2.WorkRequest(**message))

    def hello(self):
        self.send(
            hello=workers_pb2.WorkerHello(
                worker=NAME,
                agent_id=os.environ["SLUICE_TRACK"],
                revision=os.environ["SLUICE_REVISION"],
                sdk=f"grpcio {grpc.__version__}",
            )
        )

    def heard(self, response):
        kind = response.WhichOneof("message")
        if kind == "welcome":
            self.welcomed(response.welcome)
        elif kind == "assign":
            self.assigned(response.assign)
        elif kind == "revoke":
            with self.lock:
                self.running.discard((response.revoke.task_id, response.revoke.attempt))
        elif kind == "drain":
            self.leaving.set()
            self.leave_when_done()

    def welcomed(self, welcome):
        lease = welcome.lease.ToTimedelta().total_seconds()
        threading.Thread(target=self.beat, args=(lease / 3,), daemon=True).start()
        self.send(want=workers_pb2.WantTasks(more=PLACES))

    def beat(self, every):
        while not self.is_over.wait(every):
            self.send(heartbeat=workers_pb2.Heartbeat())

    def assigned(self, task):
        name = {"task_id": task.task_id, "attempt": task.attempt}
        if self.leaving.is_set():
            self.send(**{"return": workers_pb2.ReturnTask(**name)})
            return
        with self.lock:
            self.running.add((task.task_id, task.attempt))
        self.pool.submit(self.work, task, name)

    def work(self, task, name):
        def tell(event):
            event.at.GetCurrentTime()
            self.send(news=workers_pb2.TaskNews(event=event, **name))

        try:
            result = json_format.ParseDict(handle(json_format.MessageToDict(task.input), tell), struct_pb2.Value())
            word = {"complete": workers_pb2.CompleteTask(result=result, **name)}
        except Exception as error:  # Whatever goes wrong is told to the server, which knows what to do about it.
            known = isinstance(error, InputError)
            failure = agents_pb2.TaskFailure(
                failure_class=agents_pb2.FAILURE_CLASS_INPUT if known else agents_pb2.FAILURE_CLASS_CRASH,
                message=str(error) if known else f"{type(error).__name__}: {error}",
            )
            word = {"fail": workers_pb2.FailTask(failure=failure, **name)}
        with self.lock:
            is_ours = (task.task_id, task.attempt) in self.running
            self.running.discard((task.task_id, task.attempt))
        # What was taken away meanwhile is nobody's business any more.
        if is_ours:
            self.send(**word)
        if not self.leaving.is_set():
            self.send(want=workers_pb2.WantTasks(more=1))
        self.leave_when_done()

    def leave_when_done(self):
        """Says nothing more when the worker leaves and has nothing to do; the server ends the session then."""
        with self.lock:
            is_done = not self.running
        if self.leaving.is_set() and is_done:
            self.outgoing.put(None)

    def end(self):
        self.is_over.set()
        self.outgoing.put(None)


def shown():
    """What lets the worker in. It is read for each session, because Sluice replaces it from time to time."""
    path = os.environ.get("SLUICE_TOKEN_FILE")
    if not path:
        return ()
    try:
        with open(path) as file:
            return (("authorization", f"Bearer {file.readline().strip()}"),)
    except OSError as error:
        print(f"no token: {error}", flush=True)
        return ()


def serve_readiness():
    """Accepts connections on PORT: by that Sluice knows that the worker is ready."""
    if not os.environ.get("PORT"):
        return
    listener = socket.create_server((os.environ.get("HOST", ""), int(os.environ["PORT"])))

    def accept():
        while True:
            listener.accept()[0].close()

    threading.Thread(target=accept, daemon=True).start()


def main():
    leaving = threading.Event()
    current = []

    def leave(*_):
        leaving.set()
        # Not in the signal handler itself: it may have interrupted a thread that has the lock.
        threading.Thread(target=lambda: [session.leave_when_done() for session in current]).start()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    pool = ThreadPoolExecutor(max_workers=PLACES)
    channel = grpc.insecure_channel(urlsplit(os.environ["SLUICE_WORKER_URL"]).netloc)
    worker = workers_pb2_grpc.WorkerServiceStub(channel)
    is_ready = False
    while not leaving.is_set():
        session = Session(pool, leaving)
        current[:] = [session]
        session.hello()
        try:
            for response in worker.Work(session.requests(), metadata=shown()):
                session.heard(response)
                if not is_ready:
                    is_ready = True
                    serve_readiness()
        except grpc.RpcError as error:
            print(f"no session: {error.code().name} {error.details()}", flush=True)
        finally:
            session.end()
        if not leaving.is_set():
            time.sleep(1)
    pool.shutdown()
    channel.close()


if __name__ == "__main__":
    main()
