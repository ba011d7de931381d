/* SPDX-License-Identifier: MIT */
/*
 * The probe's table: the case of each row of the hooks table.  If a row is missing here,
 * the probe does not compile.
 */
#ifndef PROBE_ROWS_H
#define PROBE_ROWS_H

#include "probe_changes.h"
#include "probe_children.h"
#include "probe_descriptors.h"
#include "probe_memory.h"
#include "probe_more.h"
#include "probe_streams.h"

#define ROW(name, cases)                                                                 \
	static void row_##name(void)                                                     \
	{                                                                                \
		cases;                                                                   \
	}
ROW(open, open_cases(call.open))
ROW(open64, open_cases(call.open64))
ROW(openat, openat_cases(call.openat))
ROW(openat64, openat_cases(call.openat64))
ROW(__open_2, open_2_cases(call.__open_2))
ROW(__open64_2, open_2_cases(call.__open64_2))
ROW(__openat_2, openat_2_cases(call.__openat_2))
ROW(__openat64_2, openat_2_cases(call.__openat64_2))
ROW(creat, creat_cases(call.creat))
ROW(creat64, creat_cases(call.creat64))
ROW(fopen, fopen_cases(call.fopen))
ROW(fopen64, fopen_cases(call.fopen64))
ROW(opendir, opendir_cases(call.opendir))
ROW(stat, stat_cases(call.stat))
ROW(stat64, stat_cases(call.stat64))
ROW(lstat, stat_cases(call.lstat))
ROW(lstat64, stat_cases(call.lstat64))
ROW(fstatat, fstatat_cases(call.fstatat))
ROW(fstatat64, fstatat_cases(call.fstatat64))
ROW(__xstat, xstat_cases(call.__xstat))
ROW(__xstat64, xstat_cases(call.__xstat64))
ROW(__lxstat, xstat_cases(call.__lxstat))
ROW(__lxstat64, xstat_cases(call.__lxstat64))
ROW(__fxstatat, fxstatat_cases(call.__fxstatat))
ROW(__fxstatat64, fxstatat_cases(call.__fxstatat64))
ROW(mkdir, mkdir_cases(call.mkdir))
ROW(mkdirat, mkdirat_cases(call.mkdirat))
ROW(rmdir, remove_cases(call.rmdir))
ROW(unlink, remove_cases(call.unlink))
ROW(unlinkat, unlinkat_cases(call.unlinkat))
ROW(remove, remove_cases(call.remove))
ROW(rename, rename_all(as_rename))
ROW(renameat, renameat_cases(as_renameat))
ROW(renameat2, renameat2_cases(call.renameat2))
ROW(read, read_cases(call.read))
ROW(write, write_cases(call.write))
ROW(close, close_cases(call.close))
ROW(fstat, fstat_cases(call.fstat))
ROW(isatty, isatty_cases())
ROW(fstat64, fstat_cases(call.fstat64))
ROW(__fxstat, fxstat_cases(call.__fxstat))
ROW(__fxstat64, fxstat_cases(call.__fxstat64))
ROW(dup, dup_cases(call.dup))
ROW(dup2, dup3_cases(as_dup3))
ROW(dup3, dup3_cases(call.dup3))
ROW(fcntl, fcntl_cases(call.fcntl))
ROW(fcntl64, fcntl_cases(call.fcntl64))
ROW(fdopen, fdopen_cases(call.fdopen))
ROW(fdopendir, fdopendir_cases(call.fdopendir))
ROW(close_range, close_range_cases(call.close_range))
ROW(closefrom, closefrom_cases(call.closefrom))
ROW(fclose, fclose_cases(call.fclose))
ROW(fflush, fflush_cases(call.fflush))
ROW(closedir, closedir_cases(call.closedir))
ROW(readdir, readdir_cases(call.readdir))
ROW(readdir64, readdir_cases(call.readdir64))
ROW(dlopen, dlopen_cases(call.dlopen))
ROW(statx, LOOK_AT_CASES(call.statx((int)fd, at->path, 0, 0x7ff, &probe_statx)))
ROW(access, LOOK_CASES(call.access(at->path, R_OK | W_OK)); memory_cases())
ROW(euidaccess, LOOK_CASES(call.euidaccess(at->path, W_OK)))
ROW(eaccess, LOOK_CASES(call.eaccess(at->path, X_OK)))
ROW(faccessat, LOOK_AT_CASES(call.faccessat((int)fd, at->path, R_OK, 0)))
ROW(getxattr, LOOK_CASES(call.getxattr(at->path, "user.none", probe_buffer, 9)))
ROW(lgetxattr, LOOK_CASES(call.lgetxattr(at->path, "user.none", probe_buffer, 9)))
ROW(listxattr, LOOK_CASES(call.listxattr(at->path, probe_buffer, 0)))
ROW(llistxattr, LOOK_CASES(call.llistxattr(at->path, probe_buffer, 0)))
ROW(statvfs, LOOK_CASES(call.statvfs(at->path, &probe_statvfs)))
ROW(statvfs64, LOOK_CASES(call.statvfs64(at->path, &probe_statvfs)))
ROW(statfs, LOOK_CASES(call.statfs(at->path, &probe_statfs)))
ROW(statfs64, LOOK_CASES(call.statfs64(at->path, &probe_statfs)))
ROW(pathconf, LOOK_CASES(at->bad ? -1 : call.pathconf(at->path, _PC_NAME_MAX)))
ROW(inotify_add_watch, LOOK_CASES(watch(at->path)))
ROW(readlink, LOOK_CASES(read_link(call.readlink(at->path, probe_buffer, 1000))))
ROW(readlinkat,
    LOOK_AT_CASES(read_link(call.readlinkat((int)fd, at->path, probe_buffer, 1000))))
ROW(__readlink_chk,
    LOOK_CASES(read_link(call.__readlink_chk(at->path, probe_buffer, 1000, 1000))))
ROW(__readlinkat_chk,
    LOOK_AT_CASES(read_link(call.__readlinkat_chk((int)fd, at->path, probe_buffer, 1000,
						  1000))))
ROW(realpath,
    LOOK_CASES(is_wild(at) ? -1 : real_path(call.realpath(at->path, probe_buffer))))
ROW(__realpath_chk,
    LOOK_CASES(is_wild(at) ? -1
			   : real_path(call.__realpath_chk(at->path, probe_buffer,
							   PATH_MAX))))
ROW(link, CHANGE_CASES(call.link(at->path, NEW_PYC)))
ROW(linkat, CHANGE_AT_CASES(call.linkat((int)fd, at->path, AT_FDCWD, NEW_PYC, 0)))
ROW(symlink, CHANGE_CASES(call.symlink("plain", at->path)))
ROW(symlinkat, CHANGE_AT_CASES(call.symlinkat("plain", (int)fd, at->path)))
ROW(mknod, CHANGE_CASES(call.mknod(at->path, S_IFIFO | 0640, 0)))
ROW(mknodat, CHANGE_AT_CASES(call.mknodat((int)fd, at->path, S_IFREG | 0600, 0)))
ROW(__xmknod, CHANGE_CASES(call.__xmknod(0, at->path, S_IFIFO | 0640, &probe_device)))
ROW(__xmknodat,
    CHANGE_AT_CASES(call.__xmknodat(0, (int)fd, at->path, S_IFIFO, &probe_device)))
ROW(mkfifo, CHANGE_CASES(call.mkfifo(at->path, 0620)))
ROW(mkfifoat, CHANGE_AT_CASES(call.mkfifoat((int)fd, at->path, 0620)))
ROW(chmod, CHANGE_CASES(call.chmod(at->path, 0705)))
ROW(fchmodat, CHANGE_AT_CASES(call.fchmodat((int)fd, at->path, 0705, 0)))
ROW(lchmod, CHANGE_CASES(call.lchmod(at->path, 0705)))
ROW(fchmod, CHANGE_FD_CASES(call.fchmod((int)fd, 0640)))
ROW(fchown, CHANGE_FD_CASES(call.fchown((int)fd, (uid_t)-1, (gid_t)-1)))
ROW(futimens, CHANGE_FD_CASES(call.futimens((int)fd, probe_times)))
ROW(futimes, CHANGE_FD_CASES(call.futimes((int)fd, probe_timevals)))
ROW(fsetxattr, CHANGE_FD_CASES(call.fsetxattr((int)fd, "none.x", "y", 1, 0)))
ROW(fremovexattr, CHANGE_FD_CASES(call.fremovexattr((int)fd, "user.none")))
ROW(chown, CHANGE_CASES(call.chown(at->path, (uid_t)-1, (gid_t)-1)))
ROW(lchown, CHANGE_CASES(call.lchown(at->path, (uid_t)-1, (gid_t)-1)))
ROW(fchownat, CHANGE_AT_CASES(call.fchownat((int)fd, at->path, (uid_t)-1, (gid_t)-1, 0)))
ROW(utime, CHANGE_CASES(call.utime(at->path, &probe_utimbuf)))
ROW(utimes, CHANGE_CASES(call.utimes(at->path, probe_timevals)))
ROW(lutimes, CHANGE_CASES(call.lutimes(at->path, probe_timevals)))
ROW(futimesat, CHANGE_AT_CASES(call.futimesat((int)fd, at->path, probe_timevals)))
ROW(utimensat, CHANGE_AT_CASES(call.utimensat((int)fd, at->path, probe_times, 0)))
ROW(truncate, CHANGE_CASES(call.truncate(at->path, 3)))
ROW(truncate64, CHANGE_CASES(call.truncate64(at->path, 3)))
ROW(setxattr, CHANGE_CASES(call.setxattr(at->path, "none.x", "y", 1, 0)))
ROW(lsetxattr, CHANGE_CASES(call.lsetxattr(at->path, "none.x", "y", 1, 0)))
ROW(removexattr, CHANGE_CASES(call.removexattr(at->path, "user.none")))
ROW(lremovexattr, CHANGE_CASES(call.lremovexattr(at->path, "user.none")))
ROW(rewinddir, position_cases())
ROW(telldir, position_cases())
ROW(seekdir, position_cases())
ROW(mkstemp, mkstemp_cases(call.mkstemp))
ROW(mkstemp64, mkstemp_cases(call.mkstemp64))
ROW(mkostemp, mkostemp_cases(call.mkostemp))
ROW(mkostemp64, mkostemp_cases(call.mkostemp64))
ROW(mkstemps, mkstemps_cases(call.mkstemps))
ROW(mkstemps64, mkstemps_cases(call.mkstemps64))
ROW(mkostemps, mkostemps_cases(call.mkostemps))
ROW(mkostemps64, mkostemps_cases(call.mkostemps64))
ROW(mkdtemp, mkdtemp_cases(call.mkdtemp))
ROW(chdir, chdir_cases(call.chdir))
ROW(fchdir, fchdir_cases(call.fchdir))
ROW(chroot, LOOK_CASES(may_change(at) ? -1 : call.chroot("none/none")))
ROW(pivot_root, LOOK_CASES(may_change(at) ? -1 : call.pivot_root("none/none", at->path)))
ROW(setns, setns_cases(call.setns))
ROW(vfork, vfork_cases(call.vfork))
ROW(__vfork, vfork_cases(call.__vfork))
ROW(clone, clone_cases(call.clone))
ROW(_exit, exit_cases(call._exit))
ROW(_Exit, exit_cases(call._Exit))
ROW(getcwd, getcwd_cases(call.getcwd))
ROW(__getcwd_chk, call_begin();
    say_call("", "",
	     real_path(call.__getcwd_chk(probe_buffer, sizeof(probe_buffer),
					 sizeof(probe_buffer))));
    say_said())
ROW(get_current_dir_name, get_current_dir_name_cases(call.get_current_dir_name))
ROW(setrlimit, setrlimit_cases(call.setrlimit))
ROW(setrlimit64, setrlimit_cases(call.setrlimit64))
ROW(prlimit, prlimit_cases(call.prlimit))
ROW(prlimit64, prlimit_cases(call.prlimit64))
ROW(pwrite, pwrite_cases(call.pwrite))
ROW(pwrite64, pwrite_cases(call.pwrite64))
ROW(writev, writev_cases(call.writev))

static const struct {
	const char *name;
	void (*run)(void);
	void **function;
} rows[] = {
#define HOOK(kind, type, failure, operation, name, ...)                                  \
	{#name, row_##name, (void **)&call.name},
#include "hooks/hooks.def"
#undef HOOK
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

#endif
