"""A caller and a worker that know nothing of Sluice but its protos: plain grpcio, with code made from them at runtime.

Usage: foreign-client.py ADDRESS PROTO_FOLDER AGENT_ID REVISION
Prints what it saw as one JSON object.
"""

import json
import queue
import sys
import threading

import grpc

address, protos, agent_id, revision = sys.argv[1:]
sys.path.insert(0, protos)
agents, agents_grpc = grpc.protos_and_services("sluice/agents/v1/agents.proto")
workers, workers_grpc = grpc.protos_and_services("sluice/agents/v1/workers.proto")


def work(channel, seen):
    said = queue.Queue()
    said.put(workers.WorkRequest(hello=workers.WorkerHello(worker="python", agent_id=agent_id, revision=revision)))
    said.put(workers.WorkRequest(want=workers.WantTasks(more=1)))
    for answer in workers_grpc.WorkerServiceStub(channel).Work(iter(said.get, None)):
        kind = answer.WhichOneof("message")
        seen.append(kind)
        if kind == "assign":
            done = workers.CompleteTask(task_id=answer.assign.task_id, attempt=answer.assign.attempt)
            done.result.struct_value["doubled"] = 2 * answer.assign.input.struct_value["n"]
            said.put(workers.WorkRequest(complete=done))
        if kind == "settled":
            said.put(None)


def refusal_of(channel, call_id):
    try:
        agents_grpc.AgentServiceStub(channel).GetAgent(agents.GetAgentRequest(id=call_id), timeout=20)
    except grpc.RpcError as error:
        return {"code": error.code().name, "details": error.details()}


with grpc.insecure_channel(address) as channel:
    worker_saw = []
    worker = threading.Thread(target=work, args=(channel, worker_saw))
    worker.start()
    start = agents.ExecuteAgentRequest(start=agents.TaskParameters(agent_id=agent_id))
    start.start.input.struct_value["n"] = 21
    answers = list(agents_grpc.AgentServiceStub(channel).ExecuteAgent(iter([start]), timeout=20))
    worker.join(20)
    unknown = refusal_of(channel, "no/such/agent")

with grpc.insecure_channel(address, options=[("grpc.default_authority", "evil.example")]) as stranger:
    strange = refusal_of(stranger, agent_id)

print(
    json.dumps(
        {
            "worker": worker_saw,
            "first": answers[0].WhichOneof("message"),
            "last": answers[-1].WhichOneof("message"),
            "result": answers[-1].ended.result.struct_value["doubled"],
            "unknown": unknown,
            "stranger": strange,
        }
    )
)
