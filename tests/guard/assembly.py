"""What a compiler made of a training loop: an object file's instructions, their loops, and what these spend on other things
than multiply-adds."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field

FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\s+(\S+)\s*(.*)$")
RELOCATION = re.compile(r"^\s*[0-9a-f]+: R_X86_64_P\w+32\s+(\w[^\s+-]*)")
TARGET = re.compile(r"^([0-9a-f]+) <([^>+]+)")
PREFIXES = {"rep", "repz", "repnz", "lock", "bnd", "notrack"}
FMA = re.compile(r"^vfn?m(add|sub)\d+p[sd]$")  # of whole registers
MEMORY = re.compile(r"[\w-]*\([^)]*\)")
FEWEST_FMAS = 4  # of a loop that counts: below, it is the random numbers' or a copy


@dataclass
class Instruction:
    address: int
    mnemonic: str
    operands: str

    @property
    def memory(self) -> str | None:
        """The memory operand in AT&T syntax; None if there is none, or only its address is taken."""
        found = MEMORY.search(self.operands)
        return found.group(0) if found and not self.mnemonic.startswith(("lea", "nop", "prefetch")) else None

    @property
    def is_vector(self) -> bool:
        return self.mnemonic.startswith("v")

    @property
    def stores(self) -> bool:
        """The destination, AT&T's last operand, is memory; a mask may follow it."""
        return re.sub(r"\{[^}]*\}", "", self.operands).endswith(")") and not self.mnemonic.startswith(("cmp", "test"))

    def touches_stack(self, has_frame: bool) -> bool:
        """Reads or writes what lies relative to %rsp, or to %rbp where that points into the stack."""
        return self.memory is not None and ("(%rsp" in self.memory or has_frame and "(%rbp" in self.memory)


@dataclass
class Function:
    name: str
    body: list[Instruction] = field(default_factory=list)
    called: set[str] = field(default_factory=set)
    has_frame: bool = False  # %rbp points into the stack

    def loops(self) -> list[tuple[int, int]]:
        """First and last address of what is between a backward jump and its target."""
        found = set()
        for instruction in self.body:
            target = TARGET.match(instruction.operands)
            if instruction.mnemonic.startswith("j") and target and target.group(2) == self.name:
                first = int(target.group(1), 16)
                if self.body[0].address <= first <= instruction.address:
                    found.add((first, instruction.address))
        return sorted(found)

    def innermost_loops(self) -> list[list[Instruction]]:
        loops = self.loops()
        inner = [a for a in loops if not any(b != a and a[0] <= b[0] and b[1] <= a[1] for b in loops)]
        return [[x for x in self.body if first <= x.address <= last] for first, last in inner]


def disassembly(path: str, objdump: str = "objdump") -> dict[str, Function]:
    """The functions of an x86-64 object file by their mangled names."""
    text = subprocess.run([objdump, "-dr", "--no-show-raw-insn", path], check=True, capture_output=True, text=True).stdout
    functions, function = {}, None
    for line in text.splitlines():
        if header := FUNCTION.match(line):
            function = functions.setdefault(header.group(1), Function(header.group(1)))
        elif relocation := RELOCATION.match(line):
            function.called.add(relocation.group(1))
        elif found := INSTRUCTION.match(line):
            address, mnemonic, operands = int(found.group(1), 16), found.group(2), found.group(3)
            if mnemonic in PREFIXES:
                mnemonic, _, operands = operands.partition(" ")
            operands = operands.split(" #")[0].strip()
            function.body.append(Instruction(address, mnemonic, operands))
            function.has_frame |= mnemonic == "mov" and operands == "%rsp,%rbp"
            if mnemonic.startswith(("call", "j")) and (target := TARGET.match(operands)):
                function.called.add(target.group(2))
    return functions


def reachable(functions: dict[str, Function], root: str) -> list[Function]:
    """The functions of the file that `root` calls, itself included."""
    seen, waiting = [], [root]
    while waiting:
        name = waiting.pop()
        if name in functions and functions[name] not in seen:
            seen.append(functions[name])
            waiting += sorted(functions[name].called)
    return sorted(seen, key=lambda function: function.name)
