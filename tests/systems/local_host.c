/* SPDX-License-Identifier: MIT */
/*
 * A program that loads a Python with RTLD_LOCAL, so that the interpreter's symbols are those
 * of no other object:
 *
 *	local_host LIBPYTHON CODE
 */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	void (*initialize)(int);
	int (*run)(const char *), (*finalize)(void), failed;
	void *python = argc == 3 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;

	if (!python) {
		fprintf(stderr, "local_host: %s\n",
			argc == 3 ? dlerror() : "two arguments");
		return 2;
	}
	initialize = (void (*)(int))dlsym(python, "Py_InitializeEx");
	run = (int (*)(const char *))dlsym(python, "PyRun_SimpleString");
	finalize = (int (*)(void))dlsym(python, "Py_FinalizeEx");
	if (!initialize || !run || !finalize)
		return 2;
	initialize(0);
	failed = run(argv[2]);
	return finalize() || failed;
}
