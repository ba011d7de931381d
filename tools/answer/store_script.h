/* SPDX-License-Identifier: MIT */
/*
 * The Python program that store_python.c gives to an interpreter on its standard input.
 */
#ifndef PYCSHIM_STORE_SCRIPT_H
#define PYCSHIM_STORE_SCRIPT_H

/*
 * It prints its tag and its magic number, and then a line for each request that it reads
 * from descriptor 3: "same", or "differs WHERE".  A request is three numbers of 32 bits
 * (optimisation, bytes of the source, bytes of the code), the source and the code.
 */
extern const char store_script[];

#endif
