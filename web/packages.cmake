# cmake -DNPM=… -DNODE_FOLDER=… -P packages.cmake: npm ci in this folder, unless another build has just done it.
set(stamp "${CMAKE_CURRENT_LIST_DIR}/node_modules/.qrgate-stamp")
file(LOCK "${CMAKE_CURRENT_LIST_DIR}/.packages.lock" GUARD PROCESS TIMEOUT 600)
file(SHA256 "${CMAKE_CURRENT_LIST_DIR}/package-lock.json" wanted)
if(EXISTS "${stamp}")
  file(READ "${stamp}" have)
  if(have STREQUAL wanted)
    file(TOUCH "${stamp}")
    return()
  endif()
endif()
set(ENV{PATH} "${NODE_FOLDER}:$ENV{PATH}")
execute_process(
  COMMAND "${NPM}" ci --ignore-scripts --no-audit --no-fund --loglevel=error
  WORKING_DIRECTORY "${CMAKE_CURRENT_LIST_DIR}" RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "npm ci failed in web/: is the package registry reachable?")
endif()
file(WRITE "${stamp}" "${wanted}")
