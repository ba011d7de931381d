/* SPDX-License-Identifier: MIT */
/*
 * The version of the whole project: library, launcher, reader and man pages.
 * The recording has a version of its own, RECORD_VERSION in recording.h.
 */
#ifndef PYCSHIM_VERSION_H
#define PYCSHIM_VERSION_H

#define VERSION_STRING "0.1.0"

#endif
