"""A file system of a few hundred kilobytes that can be filled, enlarged and made read-only."""
import pathlib
import subprocess


class NotPermitted(Exception):
    """Neither this user nor a user namespace may mount."""


def _quietly(*command):
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=60,
                          check=False)
    return done.returncode == 0, done.stderr.strip()


class SmallDisk:
    """Mounted where that is permitted; or else in a namespace that a helper process holds, seen through its /proc."""

    def __init__(self, folder, kilobytes):
        self.folder = str(folder)
        self.holder = None
        self.path = pathlib.Path(folder)
        mounted, trouble = self._mount(f"size={kilobytes}k")
        if mounted:
            return
        self._hold()
        self.path = pathlib.Path(f"/proc/{self.holder.pid}/root{folder}")
        mounted, trouble = self._mount(f"size={kilobytes}k")
        if not mounted:
            self.clean_up()
            raise NotPermitted(trouble)

    def _hold(self):
        try:
            self.holder = subprocess.Popen(["unshare", "-rm", "sh", "-c", "echo ready; exec cat"], text=True,
                                           stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        except OSError as error:
            raise NotPermitted(str(error)) from error
        if self.holder.stdout.readline() != "ready\n":
            self.clean_up()
            raise NotPermitted("unshare -rm is refused")

    def _mount(self, options):
        inside = []
        if self.holder:
            inside = ["nsenter", "-t", str(self.holder.pid), "-U", "-m", "--preserve-credentials"]
        try:
            # With "none" a remount leaves alone what is not said; without it, mount would repeat owners unknown inside.
            return _quietly(*inside, "mount", "-t", "tmpfs", "-o", options, "none", self.folder)
        except OSError as error:
            return False, str(error)

    def resize(self, kilobytes):
        done, trouble = self._mount(f"remount,size={kilobytes}k")
        assert done, trouble

    def set_read_only(self, read_only):
        done, trouble = self._mount("remount,ro" if read_only else "remount,rw")
        assert done, trouble

    def clean_up(self):
        if self.holder:
            self.holder.communicate(timeout=60)  # its end of input; the namespace goes with it
        else:
            _quietly("umount", "-l", self.folder)
