# SPDX-License-Identifier: MIT
Describe 'The host of these tests' {
    It 'is Windows, with the real PowerShell' {
        $IsWindows | Should -BeTrue
        $PSVersionTable.PSVersion.Major | Should -Be 7
    }
    It 'runs the real wcow.exe' {
        & $env:WCOW_EXE version --format '{{.Client.Version}}' | Should -Match '^\d+\.\d+\.\d+'
    }
}
