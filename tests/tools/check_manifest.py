"""Tests of the manifest's checker and of what is made of it: each mistake has its sentence. usage: check_manifest.py"""
import os
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE)
import server_stacks  # noqa: E402
import server_tables  # noqa: E402
from manifest import SERVERS_MAX, SMALLEST_MACHINE_BLOCKS, read_manifests  # noqa: E402

GOOD = {"sources": "it.c", "mode": "kernel", "priority": "10", "stack": "2", "quota": "40", "restart": "always"}


def section(name="it", **changes):
    """A good section, but for what is changed; None leaves a key out."""
    lines = {**GOOD, **changes}
    return f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items() if value is not None)


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, *parts):
        return os.path.join(self.folder.name, *parts)

    def write(self, text, *parts):
        path = self.path(*parts)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def read(self, *texts):
        """Servers and mistakes of manifests, each in a folder of its own, where every server has its source."""
        paths = []
        for index, text in enumerate(texts):
            paths.append(self.write(text, f"m{index}", "manifest"))
            for line in text.splitlines():
                if line.startswith("[") and line.strip("[] ").isalnum():
                    self.write("", f"m{index}", line.strip("[] "), "it.c")
        return read_manifests(paths)

    def says(self, text, line, *words):
        """The one mistake is in that line, and its sentence has the words."""
        _, mistakes = self.read(text)
        self.assertEqual([mistake.line for mistake in mistakes], [line], [str(mistake) for mistake in mistakes])
        for word in words:
            self.assertIn(word, mistakes[0].sentence)
        self.assertTrue(str(mistakes[0]).startswith(f"{self.path('m0', 'manifest')}:{line}: "))

    def good(self, *texts):
        servers, mistakes = self.read(*texts)
        self.assertEqual([str(mistake) for mistake in mistakes], [])
        return servers


class Lines(Case):
    def test_what_is_said_is_read(self):
        text = "# What runs.\n\n" + section(
            calls="it2: call send, it3", handles="5", devices="ports 0x3F8-0x3FF, memory 0xB8000-0xBFFFF, interrupt 4, console"
        ) + section("it2", priority="10", restart="never # enough") + section("it3", priority="30")
        it, it2, _ = self.good(text)
        self.assertEqual((it.name, it.sources, it.mode, it.priority, it.stack, it.quota), ("it", ["it.c"], "kernel", 10, 2, 40))
        self.assertEqual([(call.to, call.rights) for call in it.calls], [("it2", ("call", "send")), ("it3", ("call",))])
        self.assertEqual([(device.kind, device.start, device.end) for device in it.devices],
                         [("ports", 0x3F8, 0x400), ("memory", 0xB8000, 0xC0000), ("interrupt", 4, 5), ("console", 0, 1)])
        self.assertEqual((it.handles, it2.restart), (5, "never"))

    def test_each_line_is_a_name_or_a_key_with_a_value(self):
        self.says("mode = kernel\n" + section(), 1, "before the first server")
        self.says(section() + "calls\n", 8, "'calls' is neither")
        self.says(section() + "calls =\n", 8, "neither")
        self.says(section() + "colour = red\n", 8, "'colour' is nothing", "quota")
        self.says(section() + "quota = 3\n", 8, "quota already, in line 6")
        for key in GOOD:
            self.says(section(**{key: None}), 1, f"does not say its {key}")

    def test_names_are_names_and_there_once(self):
        self.assertIn("is not a name", self.read("[It]\n")[1][0].sentence)
        self.assertIn("'[it' begins no server", self.read("[it\n")[1][0].sentence)
        self.assertIn("is not a name", self.read(f"[{'a' * 16}]\n")[1][0].sentence)
        for name in ("kernel", "figures", "library", "test", "talk", "monitor", "drill", "int"):
            self.assertIn("means something else", self.read(f"[{name}]\n")[1][0].sentence)
        self.says(section() + section(), 8, "'it' is there already", ":1")

    def test_values_are_in_their_ranges(self):
        self.says(section(mode="fast"), 3, "'fast' is not a mode: kernel or user")
        self.says(section(restart="sometimes"), 7, "'sometimes'", "always or never")
        for key, line, values in (("priority", 4, ("-1", "31", "high")), ("stack", 5, ("0", "257")), ("quota", 6, ("0", "65536"))):
            for value in values:
                self.says(section(**{key: value}), line, f"'{value}' is not a {key}")
        self.says(section(handles="0"), 8, "a number from 1 to 1024")
        self.says(section(stack="8"), 5, "has 8 blocks", "kernel 7 is the most")
        self.good(section(stack="8", mode="user"))

    def test_sources_are_there(self):
        self.says(section(sources="it.c other.c"), 2, "there is no source", "other.c")
        for source in ("it.cpp", "../it.c", "/it.c"):
            self.says(section(sources=source), 2, f"'{source}' is not a source")

    def test_devices_are_ranges_that_nobody_else_has(self):
        for device in ("ports", "port 3", "ports 3-", "disk 1"):
            self.says(section(devices=device), 8, f"'{device}' is not a device")
        self.says(section(devices="ports 0x3FF-0x3F8"), 8, "ends before it begins")
        self.says(section(devices="ports 0x10000"), 8, "'0x10000' is not the first of ports")
        self.says(section(devices="interrupt 16"), 8, "'16' is not the first of interrupt")
        self.says(section(devices="ports 0-9") + section("it2", devices="ports 9-12"), 16, "'it2' and 'it' both have ports 0x9")
        self.good(section(devices="ports 0-9") + section("it2", devices="ports 10-12, memory 0xB8000-0xBFFFF"))
        for memory in ("0-9", "0xB8001-0xB8FFF", "0xB8000-0xB8000", "0xB8000-0xB8FFE", "0x100000-0x200FFF"):
            self.says(section(devices=f"memory {memory}"), 8, f"memory {memory} is not whole pages")


class Together(Case):
    def test_who_is_called_is_there(self):
        self.says(section(calls="nobody"), 8, "'it' is to call 'nobody', which is no server")
        self.says(section(calls="it2: shout") + section("it2"), 8, "'shout' is not a right: call, send, notify, pass")
        self.says(section(calls="it2:") + section("it2"), 8, "is not a right")
        self.says(section(calls="it2, it2: send") + section("it2"), 8, "names 'it2' twice")
        self.good(section(calls="kernel"))
        self.good(section(priority="30", calls="figures, kernel: send"))

    def test_nobody_waits_for_a_lower_priority(self):
        for rights in ("", ": call", ": send", ": notify send"):
            self.says(section(calls="it2" + rights) + section("it2", priority="9"), 8, "of priority 10", "of priority 9")
        self.good(section(calls="it2: notify pass") + section("it2", priority="9"))
        self.good(section(calls="it2") + section("it2"))

    def test_nobody_can_come_to_wait_for_itself(self):
        self.says(section(calls="it"), 8, "cycle", "it -> it")
        self.says(section(calls="b") + section("b", calls="c") + section("c", calls="it"), 8, "it -> b -> c -> it")
        self.says(section(calls="b") + section("b", calls="c") + section("c", calls="b"), 16, "b -> c -> b")
        self.good(section(calls="b") + section("b", calls="it: notify"))
        self.good(section(calls="b, c") + section("b", calls="c") + section("c"))

    def test_quotas_fit_the_smallest_machine(self):
        whole = section(quota=str(SMALLEST_MACHINE_BLOCKS))
        self.good(whole)
        self.says(whole + section("it2", quota="9"), 13, f"come to {SMALLEST_MACHINE_BLOCKS + 9} blocks")
        self.says("".join(section(f"s{index}", quota="9") for index in range(SERVERS_MAX + 1)), 7 * SERVERS_MAX + 1, "are the most")

    def test_a_quota_holds_what_the_server_is_made_of(self):
        self.good(section(stack="2", quota="3"))
        self.says(section(stack="2", quota="2"), 6, "is 2 blocks", "in mode kernel with a stack of 2 it needs 3")
        self.good(section(stack="2", quota="28", mode="user"))
        self.says(section(stack="2", quota="27", mode="user"), 6, "it needs 28")

    def test_bytes_that_are_no_text_are_a_mistake_in_their_line(self):
        path = self.write("", "m0", "manifest")
        with open(path, "wb") as file:
            file.write(b"# \xff is fine here\n[\xff]\n")
        self.assertEqual([mistake.line for mistake in read_manifests([path])[1]][0], 2)

    def test_a_folder_elsewhere_is_as_good(self):
        servers = self.good(section(), section("it2", priority="9", calls="it"))
        self.assertEqual(servers[1].folder, self.path("m1", "it2"))
        _, mistakes = self.read(section(), section())
        self.assertEqual([(mistake.file, mistake.line) for mistake in mistakes], [(self.path("m1", "manifest"), 1)])


class Made(Case):
    def test_a_header_names_only_what_the_server_may_name(self):
        servers = self.good(section(calls="b: send") + section("b", calls="c, d") + section("c") + section("d"))
        headers = [server_tables.header(servers, server) for server in servers]
        self.assertIn("#define B_HANDLE (UINT64_C(1) << HANDLE_SLOT_BITS | 0) /* send */", headers[0])
        self.assertIn("#define D_HANDLE (UINT64_C(1) << HANDLE_SLOT_BITS | 1) /* call */", headers[1])
        self.assertNotIn("C_HANDLE", headers[0])
        self.assertNotIn("_HANDLE", headers[2])
        self.assertIn('case 2: return "b";', headers[2])
        self.assertNotIn('"it"', headers[2])

    def test_a_row_says_what_the_manifest_says(self):
        servers = self.good(section(calls="kernel, figures, b: call pass", devices="interrupt 4", handles="7")
                            + section("b", mode="user", restart="never"))
        table = server_tables.table(servers, host=False)
        for words in ("{SERVER_OF_KERNEL, HANDLE_CALL, 1}, {SERVER_OF_FIGURES, HANDLE_CALL, 1}, {1, HANDLE_CALL | HANDLE_PASS, 1}",
                      ".may_call_count = 3", "{DEVICE_INTERRUPT, 0x4, 0x1}",
                      ".handles = 7", ".run = it_run, .data = it_data", ".image = b_image", ".restart = SERVER_STAYS_ENDED", "server_count = 2"):
            self.assertIn(words, table)
        self.assertIn(".run = b_run", server_tables.table(servers, host=True))
        self.assertIn('image b, "b.server"', server_tables.images(servers))
        self.assertNotIn("image it", server_tables.images(servers))

    def test_what_is_the_same_is_not_written_again(self):
        path = self.path("out", "file")
        server_tables.write(path, "one")
        os.utime(path, (1, 1))
        server_tables.write(path, "one")
        self.assertEqual(os.stat(path).st_mtime, 1)
        server_tables.write(path, "two")
        self.assertNotEqual(os.stat(path).st_mtime, 1)


class New(Case):
    def new(self, *arguments):
        """Exit status and what it says."""
        program = os.path.join(HERE, "new_server.py")
        done = subprocess.run([sys.executable, "-B", program, *arguments], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def test_a_new_server_is_a_good_one(self):
        path = self.write("# What runs.\n", "servers", "manifest")
        for mode in ("kernel", "user"):
            status, said = self.new(f"a_{mode}", mode, self.path("servers"))
            self.assertEqual((status, said), (0, f"{self.path('servers', 'a_' + mode)}\n{path}\n"))
        servers, mistakes = read_manifests([path])
        self.assertEqual([str(mistake) for mistake in mistakes], [])
        self.assertEqual([(server.name, server.mode) for server in servers], [("a_kernel", "kernel"), ("a_user", "user")])
        self.assertEqual(sorted(os.listdir(self.path("servers", "a_user"))), ["a_user.c", "conversation", "messages.h"])

    def test_nothing_that_exists_is_overwritten(self):
        path = self.write(section(), "servers", "manifest")
        self.write("mine", "servers", "other", "other.c")
        self.write("", "servers", "it", "it.c")
        for name, words in (("it", "a server 'it'"), ("other", "exists")):
            status, said = self.new(name, "kernel", self.path("servers"))
            self.assertEqual(status, 1)
            self.assertIn(words, said)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), section())

    def test_a_bad_name_is_refused(self):
        self.write("", "servers", "manifest")
        for name in ("It", "kernel", "a" * 16, "a-b", "talk", "int"):
            self.assertEqual(self.new(name, "kernel", self.path("servers"))[0], 2)
        self.assertIn("means something else", self.new("kernel", "kernel", self.path("servers"))[1])
        self.assertEqual(self.new("it", "fast", self.path("servers"))[0], 2)
        self.assertEqual(os.listdir(self.path("servers")), ["manifest"])


def node(title, size, kind="static"):
    return f'node: {{ title: "{title}" label: "{title}\\nx.c:1:1\\n{size} bytes ({kind})" }}\n'


def edge(source, target):
    return f'edge: {{ sourcename: "{source}" targetname: "{target}" label: "x.c:1:1" }}\n'


class Stacks(Case):
    def check(self, graph, pointed=(), **changes):
        self.write(graph, "x.c.ci")
        server = self.good(section(**{"stack": "1", "mode": "user", **changes}))[0]
        with unittest.mock.patch.object(server_stacks, "pointed_at", lambda path: set(pointed)):
            return server_stacks.check(server, [self.path("x.c.o")])

    def refused(self, graph, *words):
        _, mistakes = self.check(graph)
        self.assertEqual([mistake.line for mistake in mistakes], [5])
        for word in words:
            self.assertIn(word, mistakes[0].sentence)

    def test_the_deepest_path_counts(self):
        graph = node("server_run", 100) + node("x.c:a", 200) + node("x.c:b", 50)
        graph += edge("server_run", "x.c:a") + edge("server_run", "x.c:b") + edge("x.c:b", "kmalloc")
        self.assertEqual(self.check(graph), (108 + 58 + server_stacks.OUTSIDE_BYTES, []))

    def test_too_small_a_stack_is_refused_with_the_path(self):
        graph = node("server_run", 100) + node("x.c:a", 4000) + edge("server_run", "x.c:a")
        self.refused(graph, "has 4096 bytes, and needs 4116: server_run -> a")
        just = node("server_run", 80) + node("x.c:a", 4000) + edge("server_run", "x.c:a")
        self.assertEqual(self.check(just), (4096, []))
        self.assertIn("needs 6144", str(self.check(just, mode="kernel")[1][0]))

    def test_a_call_through_a_pointer_reaches_what_has_its_address_taken(self):
        graph = node("server_run", 100) + node("x.c:handle", 300) + node("x.c:low", 400) + edge("server_run", "__indirect_call")
        graph += edge("x.c:handle", "x.c:low")
        self.assertEqual(self.check(graph, {"handle"})[0], 108 + 308 + 408)
        self.assertEqual(self.check(graph, {"low"})[0], 108 + 408)
        self.assertEqual(self.check(graph)[0], 108 + server_stacks.OUTSIDE_BYTES)

    def test_an_address_is_taken_by_code_or_data_but_not_by_a_call(self):
        source = """
            static int by_code(void) { return 1; }
            static int by_data(void) { return 2; }
            static int by_call(int a) { return a * 3; }
            static int (*const table[])(void) = {by_data};
            int take(int (*f)(void));
            __attribute__((noinline, used)) static int calls(int a) { return by_call(a) + by_call(a + 1); }
            int all(int a) { return take(by_code) + take(table[a]) + calls(a); }
        """
        self.write(source, "it.c")
        flags = ["-O1", "-g", "-fno-pic", "-ffunction-sections", "-fno-inline"]
        subprocess.run(["gcc", *flags, "-c", self.path("it.c"), "-o", self.path("it.o")], check=True)
        self.assertEqual(server_stacks.pointed_at(self.path("it.o")) & {"by_code", "by_data", "by_call", "calls"}, {"by_code", "by_data"})

    def test_what_has_no_depth_is_refused(self):
        self.refused(node("server_run", 8) + node("x.c:a", 8) + edge("server_run", "x.c:a") + edge("x.c:a", "x.c:a"), "calls itself: a -> a")
        self.refused(node("server_run", 8, "dynamic"), "as long as it turns out: server_run")
        _, mistakes = self.check(node("server_main", 8))
        self.assertIn("has no function server_run", mistakes[0].sentence)


if __name__ == "__main__":
    unittest.main()
